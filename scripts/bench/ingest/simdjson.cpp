// Reference for the benchmark: simdjson On-Demand reads each file named on stdin into the ids it holds.
// Prints the CPU seconds of each of argv[1] passes over all files, and the number of ids.
#include <fcntl.h>
#include <simdjson.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

static double cpuSeconds() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int, char** argv) {
  const size_t room = 16 << 20;
  std::vector<char> text(room);
  std::vector<uint16_t> ids(room / 2);
  std::vector<std::string> files;
  for (std::string line; std::getline(std::cin, line);) files.push_back(line);
  simdjson::ondemand::parser parser;
  size_t total = 0;
  for (int pass = atoi(argv[1]); pass > 0; pass--) {
    const double start = cpuSeconds();
    total = 0;
    for (const auto& file : files) {
      const int fd = open(file.c_str(), O_RDONLY);
      size_t length = 0;
      for (ssize_t got; (got = read(fd, &text[length], room - simdjson::SIMDJSON_PADDING - length)) > 0;) length += got;
      close(fd);
      size_t count = 0;
      auto document = parser.iterate(text.data(), length, room);
      for (auto step : document.get_array())
        for (auto field : step.get_object()) {
          auto rows = field.value();
          if (rows.is_null()) continue;
          for (auto row : rows.get_array())
            for (auto id : row.get_array()) ids[count++] = uint16_t(uint64_t(id.get_uint64()));
        }
      total += count;
    }
    printf("%.6f\n", cpuSeconds() - start);
  }
  fprintf(stderr, "%zu ids\n", total);
}
