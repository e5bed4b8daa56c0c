"""Whether anything but the face tells forged from real in a store of crops (`barefaced data audit`)."""
