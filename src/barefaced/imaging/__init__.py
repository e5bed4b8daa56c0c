"""Geometry and colours of pictures, for every wing alike."""
