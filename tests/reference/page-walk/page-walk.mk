pae := y
native := y
