// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML
  import CryptoKit
  import Foundation

  /// Finds the compiled form of a Core ML model, and compiles a `.mlpackage` the first time it is used.
  ///
  /// Xcode compiles the models of an app, but not what a Swift package copies into its bundle. So the first use compiles
  /// it, which takes a second or so, and keeps the result in the caches folder under a name made from the content:
  /// another version of the model gets another name, and when the system empties the folder it is compiled again.
  enum CoreMLFiles {
    /// Returns the URL of the `.mlmodelc` for `url`, which is one itself or a `.mlpackage`.
    static func compiled(_ url: URL) async throws -> URL {
      if url.pathExtension == "mlmodelc" { return url }
      do {
        let destination = try cached(url)
        if FileManager.default.fileExists(atPath: destination.path) { return destination }
        let compiled = try await MLModel.compileModel(at: url)
        return try keep(compiled, at: destination)
      } catch let error as TheSDKError {
        throw error
      } catch {
        throw TheSDKError.invalidModel("Core ML cannot compile \(url.lastPathComponent): \(error)")
      }
    }

    /// Removes the cached compiled model of a `.mlpackage`.
    static func forget(_ package: URL) throws {
      do {
        let kept = try cached(package)
        if FileManager.default.fileExists(atPath: kept.path) { try FileManager.default.removeItem(at: kept) }
      } catch let error as TheSDKError {
        throw error
      } catch {
        throw TheSDKError.invalidModel("the compiled model cannot be removed: \(error)")
      }
    }

    /// Moves the compiled model to its place. If another task was faster, its result is used.
    private static func keep(_ compiled: URL, at destination: URL) throws -> URL {
      do {
        try FileManager.default.moveItem(at: compiled, to: destination)
      } catch {
        guard FileManager.default.fileExists(atPath: destination.path) else { throw error }
        try FileManager.default.removeItem(at: compiled)
      }
      return destination
    }

    private static func cached(_ package: URL) throws -> URL {
      let caches = try FileManager.default.url(
        for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
      let folder = caches.appendingPathComponent("TheSDK.CoreML", isDirectory: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return folder.appendingPathComponent(try digest(of: package) + ".mlmodelc", isDirectory: true)
    }

    /// SHA-256 over the relative paths and contents of a package's files, in the order of the paths.
    private static func digest(of package: URL) throws -> String {
      guard let paths = FileManager.default.enumerator(atPath: package.path) else {
        throw TheSDKError.modelNotFound("\(package.path) is not there")
      }
      var hash = SHA256()
      var files = 0
      for path in paths.compactMap({ $0 as? String }).sorted() {
        let file = package.appendingPathComponent(path)
        guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
        let content = try Data(contentsOf: file, options: .mappedIfSafe)
        hash.update(data: Data("\(path)\n\(content.count)\n".utf8))
        hash.update(data: content)
        files += 1
      }
      guard files > 0 else { throw TheSDKError.modelNotFound("\(package.path) is not there") }
      return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
  }
#endif
