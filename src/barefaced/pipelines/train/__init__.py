"""Training a detector, in one folder.

train               everything, from the data to the answer        (recipe_from_folder, multi_seed, launch: ways in)
training_run        what every part of a run is given
loop, step          the loop that reads from top to bottom, and one step of it    (engine, optimization, batch_size)
resume, fine_tune   from the run's last state, or from a detector
validation, finish  which student is kept, and the weights file with its card     (localization, average_weights)
run_folder, loggers, preview    what lies in the folder
"""
