// A CGImage never changes; Core Graphics may not say so to the compiler.
@preconcurrency import CoreGraphics
import PhotoTagger
import PhotosUI
import SwiftUI

/// The camera or a photograph, its tags below.
struct ContentView: View {
  @State private var tagger = Tagger()
  @State private var camera = Camera()
  @State private var pickedItem: PhotosPickerItem?
  @State private var photograph: CGImage?

  var body: some View {
    VStack {
      picture
        .frame(maxWidth: .infinity, maxHeight: .infinity)
      TagList(tags: tagger.tags, problem: tagger.problem)
      HStack {
        Button("Camera", systemImage: "camera") { pickedItem = nil }
          .disabled(pickedItem == nil)
        Spacer()
        PhotosPicker(selection: $pickedItem, matching: .images) {
          Label("Photograph", systemImage: "photo")
        }
      }
      .padding()
    }
    // One task for what is shown now; showing something else cancels it, which stops the camera.
    .task(id: pickedItem) {
      if let pickedItem {
        await tagPhotograph(pickedItem)
      } else {
        await tagCamera()
      }
    }
  }

  @ViewBuilder private var picture: some View {
    if let photograph {
      Image(decorative: photograph, scale: 1)
        .resizable()
        .scaledToFit()
    } else {
      CameraPreview(session: camera.session)
    }
  }

  @MainActor private func tagCamera() async {
    photograph = nil
    do {
      try await camera.run { await tagger.tag($0) }
    } catch {
      tagger.show(error)
    }
  }

  @MainActor private func tagPhotograph(_ item: PhotosPickerItem) async {
    do {
      let image = try await Photographs.read(item)
      photograph = image
      await tagger.tag(try PhotoTagger.PixelImage(image))
    } catch {
      tagger.show(error)
    }
  }
}

/// The best tags, or why there are none.
struct TagList: View {
  let tags: [PhotoTagger.Category]
  let problem: String?

  var body: some View {
    VStack(alignment: .leading) {
      if let problem {
        Text(problem)
      }
      ForEach(tags) { tag in
        HStack {
          Text(tag.label)
          Spacer()
          Text(Double(tag.score), format: .percent.precision(.fractionLength(0)))
            .monospacedDigit()
        }
        .accessibilityElement(children: .combine)
      }
    }
    .padding(.horizontal)
    .frame(minHeight: 80, alignment: .top)
  }
}
