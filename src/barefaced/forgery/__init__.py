"""Real faces into forged ones. Takes pixels and landmarks and gives pixels: knows no video, no data set, no network."""
