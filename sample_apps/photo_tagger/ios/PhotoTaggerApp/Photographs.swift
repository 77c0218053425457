import Foundation
import ImageIO
import PhotosUI
import SwiftUI

/// Reads what the user picked.
enum Photographs {
  struct Unreadable: LocalizedError {
    let errorDescription: String? = "This photograph cannot be read."
  }

  /// The longest side: enough for the screen and far more than the network sees. Some cameras' photographs would fill
  /// the memory.
  private static let longestSide = 2048

  /// A photograph turned upright, as its EXIF orientation says.
  static func read(_ item: PhotosPickerItem) async throws -> CGImage {
    guard let data = try await item.loadTransferable(type: Data.self) else { throw Unreadable() }
    let options: [CFString: Any] = [
      kCGImageSourceCreateThumbnailFromImageAlways: true,
      kCGImageSourceCreateThumbnailWithTransform: true,
      kCGImageSourceThumbnailMaxPixelSize: longestSide,
    ]
    guard
      let source = CGImageSourceCreateWithData(data as CFData, nil),
      let image = CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary)
    else { throw Unreadable() }
    return image
  }
}
