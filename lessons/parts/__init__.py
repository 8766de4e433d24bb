"""What belongs to one lesson alone: a folder a lesson, named by what it teaches."""
