"""Trains the user's network on labelled data: from scratch, after a pass, or with a teacher."""
