"""The evaluation report: one HTML file with the figures, and the pictures beside the answers."""
