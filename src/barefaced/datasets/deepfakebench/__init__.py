"""DeepfakeBench's crops (Yan et al., NeurIPS 2023) into a store and out of one: people who have them prepare nothing.

dataset_json/NAME.json          {NAME: {LABEL: {train|val|test: {[LEVEL:] {VIDEO: {label, frames, masks?}}}}}}
.../frames/VIDEO/012.png        the crop of frame 12: 256 px, margin 1.3, faces found by dlib
.../landmarks/VIDEO/012.npy     its 81 landmarks
.../masks/VIDEO/012.png         its mask
"""
