"""Trains the user's network on labelled data: from scratch, after a pass that changed it, or by a teacher."""
