"""What the bridge learns from: pictures with labels, and conversations about them."""
