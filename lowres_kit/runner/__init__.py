"""Run the lessons as a learner would, meter them, hold them to their form, store their outputs."""
