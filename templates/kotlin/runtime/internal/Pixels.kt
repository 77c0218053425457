// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

/**
 * An image in memory.
 *
 * @property colours 0xAARRGGBB, not premultiplied, row by row.
 */
internal class Pixels(
    val width: Int,
    val height: Int,
    val colours: IntArray,
)
