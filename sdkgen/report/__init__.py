"""The report: everything measured and proven about an SDK, as JSON and as one self-contained page."""
