"""What kind of question somebody asks, told by a small trained classifier."""
