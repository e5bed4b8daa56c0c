"""What a student looks at when it calls a face forged."""
