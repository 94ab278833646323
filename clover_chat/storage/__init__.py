"""What is kept: conversations in a database, pictures in files named by their content."""
