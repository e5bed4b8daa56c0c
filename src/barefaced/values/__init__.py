"""The values that cross a room's boundary, by subject."""
