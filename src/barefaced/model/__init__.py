"""The networks: backbones, the teacher with its latent augmentations, the student, their losses and their files."""
