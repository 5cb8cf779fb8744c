editor := y
