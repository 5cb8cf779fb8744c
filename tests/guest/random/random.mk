pae := y
