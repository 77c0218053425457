/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: texts of the statuses, and the ABI version. */
#include "../include/sdkgen.h"

const char *sg_status_text(sg_status status) {
  switch (status) {
    case SG_OK:
      return "ok";
    case SG_ERROR_ARGUMENT:
      return "an argument is null, out of range or of the wrong size";
    case SG_ERROR_ALIGNMENT:
      return "the model does not begin at a multiple of 4 bytes in memory";
    case SG_ERROR_TRUNCATED:
      return "the model file is cut short";
    case SG_ERROR_FORMAT:
      return "the file is not a model made by sdkgen, or it is damaged";
    case SG_ERROR_VERSION:
      return "the model was made for another version of this library";
    case SG_ERROR_CHECKSUM:
      return "the model file was changed after it was made";
    case SG_ERROR_NOT_DELEGATED:
      return "the program is not one single call of the sdkgen delegate";
    case SG_ERROR_MISMATCH:
      return "the model belongs to another SDK or another version of it";
    case SG_ERROR_MEMORY:
      return "there is not enough memory for the activations";
    case SG_ERROR_KERNEL:
      return "an operator of the model has no kernel for this CPU";
    case SG_ERROR_UNSUPPORTED:
      return "this call does not fit this model";
  }
  return "unknown status";
}

uint32_t sg_abi_version(void) {
  return SG_ABI_VERSION;
}
