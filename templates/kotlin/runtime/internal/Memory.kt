// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

/** Runs `body`; an allocation that fails in it becomes an exception of the SDK. */
internal inline fun <R> orOutOfMemory(
    purpose: String,
    body: () -> R,
): R =
    try {
        body()
    } catch (e: OutOfMemoryError) {
        throw failure(FailureKind.OUT_OF_MEMORY, "no memory for $purpose", e)
    }
