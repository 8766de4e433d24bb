"""The field pack on the device: opened, checked, asked; its threshold and its drift."""
