// SPDX-License-Identifier: Apache-2.0

extension TheSDK.PixelImage {
  /// The orientation of an image: the edges at which its first row and first column belong.
  ///
  /// The raw values are those of EXIF and `CGImagePropertyOrientation`.
  public enum Orientation: UInt32, Sendable, Hashable, CaseIterable {
    /// Upright.
    case up = 1

    /// Mirrored horizontally.
    case upMirrored = 2

    /// Rotated by 180°.
    case down = 3

    /// Mirrored vertically.
    case downMirrored = 4

    /// Rows and columns are exchanged.
    case leftMirrored = 5

    /// Upright after a rotation by 90° clockwise, as images of an iPhone in portrait are.
    case right = 6

    /// Rows and columns are exchanged, and the result is rotated by 180°.
    case rightMirrored = 7

    /// Upright after a rotation by 90° counterclockwise.
    case left = 8
  }

  /// Returns the image rotated upright, or `self` if `orientation` is ``Orientation/up``.
  public func upright(from orientation: Orientation) throws -> Self {
    if orientation == .up { return self }
    let turns = orientation.rawValue >= Orientation.leftMirrored.rawValue
    let (newWidth, newHeight) = turns ? (height, width) : (width, height)
    let size = format.bytesPerPixel
    let step = steps(for: orientation, newWidth: newWidth, newHeight: newHeight)
    let count = width * height * size
    let turned = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
          var from = row * bytesPerRow
          var to = (step.first + row * step.row) * size
          for _ in 0..<width {
            for byte in 0..<size { target[to + byte] = source[from + byte] }
            from += size
            to += step.column * size
          }
        }
      }
      initialized = count
    }
    return try Self(width: newWidth, height: newHeight, format: format, pixels: turned)
  }

  /// Where the first pixel goes in the new picture, and how far the next row and the next column go from there.
  private func steps(
    for orientation: Orientation,
    newWidth: Int,
    newHeight: Int
  ) -> (first: Int, row: Int, column: Int) {
    let right = newWidth - 1
    let bottom = (newHeight - 1) * newWidth
    switch orientation {
    case .up: return (0, newWidth, 1)
    case .upMirrored: return (right, newWidth, -1)
    case .down: return (bottom + right, -newWidth, -1)
    case .downMirrored: return (bottom, -newWidth, 1)
    case .leftMirrored: return (0, 1, newWidth)
    case .right: return (right, -1, newWidth)
    case .rightMirrored: return (bottom + right, -1, -newWidth)
    case .left: return (bottom, 1, -newWidth)
    }
  }
}
