#include "core/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TopologyTest : public ::testing::Test {
 protected:
  // What was answered, if anything was yet.
  struct Answered {
    std::optional<Result<Topology::Relations>> result;
    Done<Topology::Relations> done() {
      return [this](Result<Topology::Relations> made) { result = std::move(made); };
    }
  };
  Topology::Relations add(DeviceId gateway, const std::vector<DeviceId>& devices) {
    Answered answered;
    topology_.add(gateway, devices, {}, answered.done());
    return answered.result.value().value();
  }

  ManualClock clock_{time_of(1'700'000'000'000)};
  IdGenerator ids_{clock_, 1};
  testing::HandStorage storage_;
  Registry registry_{storage_, ids_, clock_};
  Topology topology_{storage_, registry_};
  const DeviceId hall_{1}, roof_{2}, lamp_{10}, fan_{11};
};

TEST_F(TopologyTest, ADeviceHasOneGateway) {
  EXPECT_THAT(add(hall_, {fan_, lamp_}),
              ElementsAre(SubDevice{fan_, DeviceId{}}, SubDevice{lamp_, DeviceId{}}));
  EXPECT_THAT(topology_.sub_devices_of(hall_), ElementsAre(lamp_, fan_));
  EXPECT_THAT(add(roof_, {lamp_}), ElementsAre(SubDevice{lamp_, hall_}));
  EXPECT_EQ(topology_.gateway_of(lamp_), roof_);
  EXPECT_THAT(topology_.sub_devices_of(hall_), ElementsAre(fan_));
  EXPECT_THAT(add(roof_, {lamp_}), IsEmpty()) << "it is there already";
}

TEST_F(TopologyTest, AGatewayHasItsLimit) {
  std::vector<DeviceId> many;
  for (std::uint64_t i = 0; i < Topology::sub_devices_max; ++i) many.push_back({100 + i});
  add(hall_, many);
  add(hall_, many);  // Nothing new.
  Answered answered;
  topology_.add(hall_, {lamp_}, {}, answered.done());
  EXPECT_EQ(answered.result->error().code, Code::topology_full);
  EXPECT_EQ(topology_.gateway_of(lamp_), std::nullopt);
}

TEST_F(TopologyTest, WhatTheStorageRefusesIsUndone) {
  add(hall_, {lamp_});
  storage_.holds = true;
  Answered answered;
  topology_.add(roof_, {lamp_, fan_}, {}, answered.done());
  EXPECT_EQ(topology_.gateway_of(lamp_), roof_) << "seen at once";
  EXPECT_FALSE(answered.result);
  storage_.refuse_first();
  EXPECT_FALSE(answered.result->has_value());
  EXPECT_EQ(topology_.gateway_of(lamp_), hall_);
  EXPECT_EQ(topology_.gateway_of(fan_), std::nullopt);

  topology_.remove({{lamp_, hall_}}, {}, answered.done());
  EXPECT_EQ(topology_.gateway_of(lamp_), std::nullopt);
  storage_.refuse_first();
  EXPECT_EQ(topology_.gateway_of(lamp_), hall_);
}

TEST_F(TopologyTest, OnlyWhatExistsIsRemoved) {
  add(hall_, {lamp_});
  Answered answered;
  topology_.remove({{lamp_, roof_}, {fan_, hall_}, {lamp_, hall_}}, {}, answered.done());
  EXPECT_THAT(answered.result->value(), ElementsAre(SubDevice{lamp_, hall_}));
  EXPECT_THAT(topology_.sub_devices_of(hall_), IsEmpty());
}

TEST_F(TopologyTest, DevicesThatAreDeletedLeaveOnBothSides) {
  add(hall_, {lamp_, fan_});
  const std::vector<DeviceId> both{hall_, lamp_};
  const auto dropped = topology_.drop_all(both);
  EXPECT_THAT(dropped, ElementsAre(SubDevice{lamp_, hall_}, SubDevice{fan_, hall_}));
  EXPECT_EQ(topology_.gateway_of(fan_), std::nullopt);
  topology_.put_back(dropped);
  EXPECT_THAT(topology_.sub_devices_of(hall_), ElementsAre(lamp_, fan_));
}

TEST_F(TopologyTest, RelationsOfMissingDevicesEndWithTheNextStart) {
  topology_.restore({lamp_, hall_});
  topology_.resume();
  EXPECT_EQ(topology_.gateway_of(lamp_), std::nullopt);
}

}  // namespace
}  // namespace herald
