// Daytime: one line in UTC when the connection opens.
#include "service/daytime.hpp"

#include "service/civil_time.hpp"

namespace weir {

void write_daytime(TextWriter& out, std::int64_t unix_seconds) noexcept {
  const CivilTime time = civil_time(unix_seconds);
  out << weekday_name(time.weekday) << ", " << month_name(time.month) << " " << time.day << ", "
      << time.year << " ";
  out.padded(time.hour, 2) << ":";
  out.padded(time.minute, 2) << ":";
  out.padded(time.second, 2) << "-UTC\r\n";
}

void DaytimeService::on_open(Connection& connection) noexcept {
  char room[64];
  TextWriter line(room);
  write_daytime(line, clock_.unix_seconds());
  connection.send(line.text());
  connection.close();
}

// RFC 867: "Any data received is thrown away."
std::size_t DaytimeService::on_text(Connection&, Text& text) noexcept { return text.bytes.size(); }

}  // namespace weir
