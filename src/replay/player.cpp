#include "replay/player.hpp"

#include <algorithm>
#include <cstring>

namespace weir {
namespace {

constexpr std::size_t kMostText = std::size_t{1} << 32;  // address space alone
constexpr int kMostRounds = 10'000;                      // to send what one burst let go

// What a worker refuses because it has too much to do or too little room: a replay has neither
// trouble. Most of them change nothing and can be left out; after a shortage of buffers a replay
// may go its own way.
constexpr Drop kForWantOfRoom[] = {Drop::tcp_overload, Drop::tcp_table_full, Drop::frames_exhausted,
                                   Drop::frames_no_room};

bool was_left_no_room(const Outcome& life) noexcept {
  return life.verdict == Verdict::dropped &&
         std::find(std::begin(kForWantOfRoom), std::end(kForWantOfRoom), life.reason) !=
             std::end(kForWantOfRoom);
}

}  // namespace

ReplaySums& ReplaySums::operator+=(const ReplaySums& more) noexcept {
  frames += more.frames;
  same += more.same;
  differ += more.differ;
  left_out += more.left_out;
  connections += more.connections;
  unknown_connections += more.unknown_connections;
  return *this;
}

Player::Player(PlayerParts parts, ReplaySink& sink)
    : snapshot_(parts.snapshot),
      secrets_(Secrets::derive(0x7265706c6179, 0x77656972)),
      pool_(parts.frames, static_cast<std::uint16_t>(parts.frame_bytes)),
      neighbours_(secrets_.jitter),
      keeper_(neighbours_),
      text_(kMostText),
      services_(parts.snapshot, {static_cast<const std::uint8_t*>(text_.data()), text_.size()}),
      stand_ins_(parts.snapshot, secrets_),
      counters_(std::make_unique<WorkerCounters>()),
      learning_takes_(parts.learning_takes),
      sink_(sink) {
  for (ServiceObjects& service : parts.services) {
    if (service.tcp) service.tcp = services_.make_service();
  }
  pipeline_ = std::make_unique<Pipeline>(PipelineParts{.snapshot = parts.snapshot,
                                                       .secrets = secrets_,
                                                       .neighbours = neighbours_,
                                                       .pool = pool_.pool(),
                                                       .counters = *counters_,
                                                       .services = std::move(parts.services)});
  // Its own recorder tells of each frame's verdict, and whose service is called.
  (void)pipeline_->record_into(
      std::make_unique<FlightRecorder>(static_cast<FlightListener&>(*this)));
}

// What is sent to end connections belongs to nobody's story.
Player::~Player() {
  (void)pipeline_->record_into(nullptr);
  const auto forget = [](std::uint8_t, const Frame&) {};
  while (!pipeline_->shut_down(now_)) clear_buffers(forget);
  clear_buffers(forget);
}

void Player::play(std::span<const std::uint8_t> records) {
  FlightReader reader(records);
  FlightRecord record;
  while (reader.next(record)) {
    switch (record.kind) {
      case FlightKind::opening:
        play_burst();
        pipeline_->restore_opening(record, !opened_);
        opened_ = true;
        break;
      case FlightKind::burst:
        play_burst();
        has_burst_ = true;
        now_ = std::max(now_, Instant(Duration(record.as<BurstBegins>().now_ns)));
        break;
      case FlightKind::neighbours:
        learn(record);
        break;
      case FlightKind::timers:
        play_burst();
        now_ = std::max(now_, Instant(Duration(record.as<TimersFired>().now_ns)));
        round(now_);
        break;
      case FlightKind::frame:
        if (frames_.size() < kMaxBurst) {
          const auto facts = record.as<FrameFacts>();
          const auto bytes = record.after(sizeof facts);
          frames_.push_back(
              {facts, bytes.first(std::min<std::size_t>(bytes.size(), facts.captured))});
        }
        break;
      case FlightKind::flow:
      case FlightKind::birth:
      case FlightKind::serve:
        notes_.push_back(record);
        break;
      case FlightKind::act:
        play_burst();
        act(record);
        break;
    }
  }
  play_burst();
}

FlowId Player::find(const FlightTuple& tuple) const {
  const std::uint16_t local =
      snapshot_.listeners.find(Transport::tcp, tuple.local, tuple.local_port);
  if (local == kNoListener) return kNoFlow;
  return pipeline_->find({tuple.remote, tuple.remote_port, local});
}

// The whole table as it was then. Its places follow from this replay's key, and as in life one that
// finds none takes another's.
void Player::learn(const FlightRecord& record) {
  for (std::uint32_t slot = 0; slot < NeighbourTable::kSlots; ++slot) neighbours_.erase(slot);
  for (auto left = record.bytes; left.size() >= sizeof(NeighbourTable::Entry);
       left = left.subspan(sizeof(NeighbourTable::Entry))) {
    NeighbourTable::Entry entry;
    std::memcpy(static_cast<void*>(&entry), left.data(), sizeof entry);
    if (entry.state == Reachability::none) continue;
    keeper_.restore(entry, now_);
  }
}

// What the burst's frames met and what they led to, before they are played.
void Player::note(const FlightRecord& record) {
  if (record.kind == FlightKind::serve) {
    const auto facts = record.as<ServeFacts>();
    if (services_.knows(facts.tuple)) services_.add(facts);
    return;
  }
  if (record.kind == FlightKind::birth) {
    const auto facts = record.as<BirthFacts>();
    services_.expect(facts.tuple);
    stand_ins_.opens(facts, now_);
    return;
  }
  const auto facts = record.as<FlowFacts>();
  if (find(facts.tuple) != kNoFlow) return;  // of the older half, and still there
  const std::span text(static_cast<const std::uint8_t*>(text_.data()), text_.size());
  if (pipeline_->restore(record, text, now_) == kNoFlow) {
    ++sums_.unknown_connections;
    return;
  }
  ++sums_.connections;
  services_.begin(facts.tuple);
  stand_ins_.restored(facts);
}

void Player::act(const FlightRecord& record) {
  const auto facts = record.as<ServeFacts>();
  now_ = std::max(now_, Instant(Duration(facts.now_ns)));
  const FlowId id = find(facts.tuple);
  if (id == kNoFlow) return;
  if (facts.aborted) {
    FlowEntry flow;
    flow.id = id;
    flow.local = facts.tuple.local;
    flow.local_port = facts.tuple.local_port;
    flow.remote = facts.tuple.remote;
    flow.remote_port = facts.tuple.remote_port;
    (void)pipeline_->end_flows({&flow, 1}, now_);
  } else {
    pipeline_->call(
        id, [&](Connection& connection) { services_.act(connection, facts); }, now_);
  }
  round(now_);
}

Frame Player::make_frame(const RecordedFrame& recorded) {
  Frame frame = pool_.pool().allocate();
  const std::uint32_t length = recorded.facts.length;
  if (!frame || length > frame.tailroom() + frame.size()) return {};
  frame.place(frame.headroom(), length);
  const auto bytes = frame.bytes();
  const std::size_t captured = std::min(recorded.bytes.size(), bytes.size());
  if (captured != 0) std::memcpy(bytes.data(), recorded.bytes.data(), captured);
  std::memset(bytes.data() + captured, 0, bytes.size() - captured);
  frame.set_port(recorded.facts.port);
  constexpr unsigned kKept =
      kRxIpChecksumGood | kRxIpChecksumBad | kRxL4ChecksumGood | kRxL4ChecksumBad | kRxChained;
  frame.set_flags(static_cast<std::uint16_t>(recorded.facts.flags & kKept));
  stand_ins_.adapt(frame, captured == bytes.size(), recorded.facts.outcome);
  return frame;
}

void Player::born(const BirthFacts& facts) noexcept {
  services_.born(facts.tuple);
  stand_ins_.opened(facts);
}

void Player::take_notes() {
  for (const FlightRecord& record : notes_) note(record);
  notes_.clear();
}

// What is noted behind a burst's frames may be of timers that fired after it: those come next.
void Player::play_burst() {
  if (!has_burst_) return take_notes();
  has_burst_ = false;
  take_notes();
  Burst burst;
  played_.clear();
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const FrameFacts& life = frames_[i].facts;
    if (!life.has_verdict() || was_left_no_room(life.outcome) ||
        life.port >= snapshot_.ports.size())
      continue;
    Frame frame = make_frame(frames_[i]);
    if (!frame) continue;
    burst.push(std::move(frame));
    played_.push_back(i);
  }
  keep_neighbours(now_);
  pipeline_->process(burst, now_);
  compare();
  round(now_);
  stand_ins_.end_burst();
  frames_.clear();
}

void Player::compare() {
  using Fate = ReplayedFrame::Fate;
  std::size_t next = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    ReplayedFrame frame{now_, frames_[i].bytes, frames_[i].facts, {}, Fate::same};
    const Outcome& life = frame.life.outcome;
    if (next < played_.size() && played_[next] == i) {
      const FrameFacts* const facts = pipeline_->recorder()->facts_at(next++);
      if (facts != nullptr) frame.now = facts->outcome;
      const bool same = life.verdict == frame.now.verdict &&
                        life.has_reason == frame.now.has_reason &&
                        (!life.has_reason || life.reason == frame.now.reason);
      frame.fate = facts == nullptr ? Fate::unknown : same ? Fate::same : Fate::differs;
    } else {
      frame.fate = !frame.life.has_verdict() ? Fate::other
                   : was_left_no_room(life)  ? Fate::no_room
                                             : Fate::unknown;
    }
    ++sums_.frames;
    ++(frame.fate == Fate::same      ? sums_.same
       : frame.fate == Fate::differs ? sums_.differ
                                     : sums_.left_out);
    sink_.received(frame);
  }
}

void Player::round(Instant now) {
  pipeline_->expire(now);
  for (int i = 0; i < kMostRounds; ++i) {
    pipeline_->transmit(now);
    drain(now);
    if (!pipeline_->wants_to_transmit()) break;
  }
  pipeline_->left_by(now);
  keep_neighbours(now);
}

void Player::keep_neighbours(Instant now) {
  auto& fresh = pipeline_->sender().news();
  if (news_.empty() && !fresh.empty()) heard_at_ = now + learning_takes_;
  news_.insert(news_.end(), fresh.begin(), fresh.end());
  fresh.clear();
  if (news_.empty() || now < heard_at_) return;
  keeper_.take(news_, now);
  news_.clear();
}

void Player::drain(Instant now) {
  clear_buffers(
      [this, now](std::uint8_t port, const Frame& frame) { sink_.sent(now, port, frame.bytes()); });
}

void Player::clear_buffers(const std::function<void(std::uint8_t, const Frame&)>& see) {
  Sender& sender = pipeline_->sender();
  for (std::size_t port = 0; port < sender.ports(); ++port) {
    TxBuffer& buffer = sender.buffer(static_cast<std::uint8_t>(port));
    while (!buffer.empty()) {
      const std::span<Frame> frames = buffer.front();
      for (Frame& frame : frames) {
        see(static_cast<std::uint8_t>(port), frame);
        frame.reset();
      }
      buffer.pop(static_cast<std::uint32_t>(frames.size()));
    }
  }
}

}  // namespace weir
