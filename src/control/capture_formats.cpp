#include "control/capture_formats.hpp"

#include "capture/pcapng.hpp"
#include "control/frame_text.hpp"

namespace weir {
namespace {

class PcapngFormat final : public CaptureFormat {
 public:
  PcapngFormat(const EngineView& engine, std::string program, std::string filter,
               std::uint32_t most_bytes)
      : engine_(engine),
        program_(std::move(program)),
        filter_(std::move(filter)),
        most_bytes_(most_bytes) {}

  void begin(std::string& out) override {
    PcapngWriter::begin(out, program_);
    for (const LocalPort& port : engine_.snapshot().ports) {
      PcapngWriter::add_interface(out, port.info.name, filter_, most_bytes_);
    }
  }
  void add(std::string& out, const CapturedFrame& frame) override {
    const FrameRecord& head = frame.record.head;
    const std::string comment = comment_of(frame);
    PcapngWriter::add_packet(out, {head.port, frame.time_ns, head.length, frame.record.bytes(),
                                   head.direction, frame.worker, comment});
  }
  // The sums are those of all ports: frames that were not written have told nobody theirs.
  void end(std::string& out, const End& how) override {
    PcapngWriter::add_statistics(out, 0, how.time_ns, how.matched, how.lost);
  }

 private:
  const EngineView& engine_;
  std::string program_, filter_;
  std::uint32_t most_bytes_;
};

class JsonFormat final : public CaptureFormat {
 public:
  explicit JsonFormat(const EngineView& engine) : engine_(engine) {}

  void begin(std::string&) override {}
  void add(std::string& out, const CapturedFrame& frame) override {
    out += to_line(frame_json(frame, engine_)) + '\n';
  }
  void end(std::string& out, const End& how) override {
    Json json = reply_of("capture_end");
    json["written"] = how.written;
    json["matched"] = how.matched;
    json["lost"] = how.lost;
    json["because"] = how.because;
    out += to_line(json) + '\n';
  }

 private:
  const EngineView& engine_;
};

}  // namespace

std::unique_ptr<CaptureFormat> pcapng_format(const EngineView& engine, std::string program,
                                             std::string filter, std::uint32_t most_bytes) {
  return std::make_unique<PcapngFormat>(engine, std::move(program), std::move(filter), most_bytes);
}

std::unique_ptr<CaptureFormat> json_format(const EngineView& engine) {
  return std::make_unique<JsonFormat>(engine);
}

}  // namespace weir
