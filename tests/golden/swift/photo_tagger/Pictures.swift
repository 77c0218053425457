// SPDX-License-Identifier: Apache-2.0

import PhotoTagger

/// Pictures made of numbers, the same everywhere.
enum Pictures {
  /// Waves of three lengths, in rows of `bytesPerRow`.
  static func waves(
    width: Int,
    height: Int,
    bytesPerRow: Int? = nil,
    format: PhotoTagger.PixelImage.Format = .rgba
  ) throws -> PhotoTagger.PixelImage {
    let size = format.bytesPerPixel
    let stride = bytesPerRow ?? width * size
    var pixels = [UInt8](repeating: 77, count: stride * height)
    for row in 0..<height {
      for column in 0..<width {
        let colour = [(row * 5 + column * 3) & 255, (row * column) & 255, (row * 2 + column * 11) & 255]
        for channel in 0..<3 {
          let place = format == .bgra ? 2 - channel : channel
          pixels[row * stride + column * size + place] = UInt8(colour[channel])
        }
      }
    }
    return try PhotoTagger.PixelImage(
      width: width, height: height, bytesPerRow: stride, format: format, pixels: pixels)
  }
}
