# SPDX-License-Identifier: GPL-2.0-or-later
high := y
pae := y
