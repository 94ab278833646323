"""What is measured, one module per package; each returns rows."""
