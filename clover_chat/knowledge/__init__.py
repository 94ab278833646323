"""What the program knows about findings without looking: readable files, and how they are read."""
