"""Labels that people give: a log that a power cut cannot spoil, and the folder that follows it."""
