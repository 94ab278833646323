"""What people think of answers, as files that a training run takes."""
