high := y
pae := y
