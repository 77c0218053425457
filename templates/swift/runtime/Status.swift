// SPDX-License-Identifier: Apache-2.0

import CSdkgen

/// Throws the error for a status of the C library other than `SG_OK`.
func checkStatus(_ status: sg_status) throws {
  let text = String(cString: sg_status_text(status))
  switch status {
  case SG_OK:
    return
  case SG_ERROR_ALIGNMENT,
    SG_ERROR_TRUNCATED,
    SG_ERROR_FORMAT,
    SG_ERROR_CHECKSUM,
    SG_ERROR_NOT_DELEGATED:
    throw TheSDKError.invalidModel(text)
  case SG_ERROR_VERSION,
    SG_ERROR_MISMATCH,
    SG_ERROR_KERNEL,
    SG_ERROR_UNSUPPORTED:
    throw TheSDKError.incompatible(text)
  case SG_ERROR_MEMORY:
    throw TheSDKError.outOfMemory(text)
  default:
    throw TheSDKError.invalidInput(text)
  }
}
