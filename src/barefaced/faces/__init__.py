"""From a video or picture to aligned face crops. Knows no network but the face finder's, and never loads torch."""
