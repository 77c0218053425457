"""What both int8 passes are made of: annotation, ranges, rounding, and what is said of them."""
