// swift-tools-version: 5.9
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
  name: "PhotoTagger",
  platforms: [.iOS("16.0"), .macOS("13.0")],
  products: [
    .library(name: "PhotoTagger", targets: ["PhotoTagger"])
  ],
  targets: [
    .binaryTarget(
      name: "CPhotoTagger",
      // Once the archive is published, `path` gives way to `url: "https://…"` and its checksum:
      // "@XCFRAMEWORK_CHECKSUM@"
      path: "@XCFRAMEWORK@"
    ),
    .target(
      name: "PhotoTagger",
      dependencies: ["CPhotoTagger"],
      resources: [
        .copy("Resources/PrivacyInfo.xcprivacy"),
        .copy("Resources/PhotoTagger.mlpackage"),
        .copy("Resources/labels.json"),
        .copy("Resources/photo_tagger.pte"),
      ],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
    .testTarget(
      name: "PhotoTaggerTests",
      dependencies: ["PhotoTagger"],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
  ]
)
