#pragma once

#include <string>
#include <vector>

#include "chance.h"
#include "line.h"
#include "model/message.h"
#include "recorder.h"
#include "simulated_server.h"
#include "timeline.h"

namespace herald::simulation {

// What devices and callers live in.
struct World {
  Timeline& timeline;
  Chance& chance;
  Recorder& recorder;
  // The server that answers at its address, if one does: null while it is away.
  SimulatedServer* server = nullptr;
  bool takes_new = false;  // Connections and calls: not while it ends in order.
  // Nobody goes away, is slow or calls any more: what is owed is to arrive.
  bool calm = false;
  crash::Connection connections = 0;  // So far.
  crash::Call calls = 0;
  std::vector<std::string> wrong;  // What no history shows.
};

}  // namespace herald::simulation
