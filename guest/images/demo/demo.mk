high := y
