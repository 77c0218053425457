// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

/** The status codes of the C API (`sg_status` in sdkgen.h) that have an exception of their own. */
internal object Status {
    const val OK: Int = 0
    const val ARGUMENT: Int = 1
    const val ALIGNMENT: Int = 2
    const val TRUNCATED: Int = 3
    const val FORMAT: Int = 4
    const val VERSION: Int = 5
    const val CHECKSUM: Int = 6
    const val NOT_DELEGATED: Int = 7
    const val MISMATCH: Int = 8
    const val MEMORY: Int = 9
    const val KERNEL: Int = 10
    const val UNSUPPORTED: Int = 11

    /** Returns the kind of failure for a status other than [OK]. */
    fun failureKind(status: Int): FailureKind =
        when (status) {
            ALIGNMENT, TRUNCATED, FORMAT, CHECKSUM, NOT_DELEGATED -> FailureKind.INVALID_MODEL
            VERSION, MISMATCH, KERNEL, UNSUPPORTED -> FailureKind.INCOMPATIBLE
            MEMORY -> FailureKind.OUT_OF_MEMORY
            else -> FailureKind.INVALID_INPUT
        }
}
