"""What the station keeps: records in a database, photos within a budget."""
