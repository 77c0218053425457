// swift-tools-version: 5.9
import PackageDescription

let package = Package(
  name: "Object",
  platforms: [.iOS("16.0"), .macOS("13.0")],
  products: [
    .library(name: "Object", targets: ["Object"])
  ],
  targets: [
    .binaryTarget(
      name: "CObject",
      // Once the archive is published, `path` gives way to `url: "https://…"` and its checksum:
      // "@XCFRAMEWORK_CHECKSUM@"
      path: "@XCFRAMEWORK@"
    ),
    .target(
      name: "Object",
      dependencies: ["CObject"],
      resources: [
        .copy("Resources/PrivacyInfo.xcprivacy"),
        .copy("Resources/Object.mlpackage"),
        .copy("Resources/object.pte"),
      ],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
    .testTarget(
      name: "ObjectTests",
      dependencies: ["Object"],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
  ]
)
