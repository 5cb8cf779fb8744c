/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/x86/exception_name.h"

#include "arch/x86/vectors.h"

static const char *const mnemonics[] = {
    [VECTOR_DE] = "#DE", [VECTOR_DB] = "#DB", [VECTOR_NMI] = "NMI", [VECTOR_BP] = "#BP",
    [VECTOR_OF] = "#OF", [VECTOR_BR] = "#BR", [VECTOR_UD] = "#UD",  [VECTOR_NM] = "#NM",
    [VECTOR_DF] = "#DF", [VECTOR_TS] = "#TS", [VECTOR_NP] = "#NP",  [VECTOR_SS] = "#SS",
    [VECTOR_GP] = "#GP", [VECTOR_PF] = "#PF", [VECTOR_MF] = "#MF",  [VECTOR_AC] = "#AC",
    [VECTOR_MC] = "#MC", [VECTOR_XM] = "#XM",
};

const char *exception_name(u32 vector)
{
	return vector < ARRAY_SIZE(mnemonics) ? mnemonics[vector] : NULL;
}
