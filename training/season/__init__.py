"""A season in small: a faulty bridge, a scripted pathologist, rounds of learning, the gate."""
