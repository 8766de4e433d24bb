"""What several lessons share: the model of the transfer lesson, its settings, the glossary."""
