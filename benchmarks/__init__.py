"""What is measured, one module per package; each returns rows. Measured as the server runs."""

from clover_chat.processor import share_fairly

share_fairly()
