package sdkgen.runtime.internal

/** Status codes of the C API (`sg_status` in sdkgen.h) that the Kotlin side tells apart. */
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

    /** Which failure of the public API a status other than [OK] is. */
    fun failureKind(status: Int): FailureKind =
        when (status) {
            ALIGNMENT, TRUNCATED, FORMAT, CHECKSUM, NOT_DELEGATED -> FailureKind.INVALID_MODEL
            VERSION, MISMATCH, KERNEL, UNSUPPORTED -> FailureKind.INCOMPATIBLE
            MEMORY -> FailureKind.OUT_OF_MEMORY
            else -> FailureKind.INVALID_INPUT
        }
}
