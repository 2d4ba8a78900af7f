//! The object that VST3 hosts talk to: the framework's component with a few calls answered differently.
//! Called on the threads that VST3 says, `process` on the audio thread.
//! Shows few controllers, learns the render mode at once, owns the window
//! (tests: `vst3::tests`, and the packaged plugin in real hosts).

use super::controllers::{self, Controller, Scope};
use super::gui::HostLink;
use super::view::View;
use crate::guard::guarded;
use crate::plugin::{Shared, Timbrel};
use ::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, CString, CtrlNumber, IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentHandler,
    IComponentTrait, IEditController, IEditControllerTrait, IMidiMapping, IMidiMappingTrait, INoteExpressionController,
    INoteExpressionControllerTrait, IProcessContextRequirements, IProcessContextRequirementsTrait, IUnitInfo,
    IUnitInfoTrait, IoMode, MediaType, NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue, ParamID,
    ParamValue, ParameterInfo, ParameterInfo_, ProcessData, ProcessModes_, ProcessSetup, ProgramListID,
    ProgramListInfo, RoutingInfo, SpeakerArrangement, String128, TChar, UnitID, UnitInfo, kRootUnitId,
};
use ::vst3::Steinberg::{
    FIDString, FUnknown, IBStream, IPlugView, IPluginBaseTrait, TBool, TUID, int16, int32, kInvalidArgument,
    kResultFalse, kResultOk, tresult, uint32,
};
use ::vst3::{Class, ComPtr, ComRef, ComWrapper};
use nice_plug::params::Params;
use nice_plug::wrapper::vst3::Wrapper;
use std::collections::HashMap;
use std::sync::Arc;
use timbrel_engine::synth::Mode;

/// VST3 3.7's `kIsHidden`, which the bindings call by another name on some platforms.
const HIDDEN: i32 = 1 << 4;

/// The layer over one component of the framework's.
pub(super) struct Component {
    component: ComPtr<IComponent>,
    controller: ComPtr<IEditController>,
    processor: ComPtr<IAudioProcessor>,
    mapping: ComPtr<IMidiMapping>,
    expressions: ComPtr<INoteExpressionController>,
    requirements: ComPtr<IProcessContextRequirements>,
    units: ComPtr<IUnitInfo>,
    shared: Shared,
    host: Arc<HostLink>,
    /// Parameters of our own, before the controllers.
    own: usize,
    /// Parameters of controllers, after those.
    shown: Vec<Shown>,
    /// Values at rest of those, by parameter id.
    rests: HashMap<ParamID, f64>,
}

/// A controller's parameter.
struct Shown {
    id: ParamID,
    controller: Controller,
    channel: u8,
}

impl Class for Component {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
    );
}

/// Passes calls on to the framework's component as they are.
macro_rules! forward {
    ($to:ident: $(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(unsafe fn $name(&self, $($argument: $type),*) $(-> $result)? {
            // SAFETY: the host keeps the same promises to the component inside.
            unsafe { self.$to.$name($($argument),*) }
        })*
    };
}

impl Component {
    /// The layer over `inner`, whose plugin shares `shared`.
    pub(super) fn over(inner: ComWrapper<Wrapper<Timbrel>>, shared: Shared) -> Option<Self> {
        let controller = inner.to_com_ptr::<IEditController>()?;
        let mapping = inner.to_com_ptr::<IMidiMapping>()?;
        let shown: Vec<Shown> = controllers::places()
            .filter_map(|(controller, channel)| {
                let id = parameter(&mapping, controller.number, i16::from(channel))?;
                Some(Shown { id, controller, channel })
            })
            .collect();
        let rests = shown.iter().map(|shown| (shown.id, shown.controller.rest)).collect();
        let own = shared.params.param_map().len();
        let host = Arc::new(HostLink::new(controller.clone(), &shared.params));
        Some(Self {
            component: inner.to_com_ptr()?,
            controller,
            processor: inner.to_com_ptr()?,
            mapping,
            expressions: inner.to_com_ptr()?,
            requirements: inner.to_com_ptr()?,
            units: inner.to_com_ptr()?,
            shared,
            host,
            own,
            shown,
            rests,
        })
    }
}

/// The framework's parameter id of a controller on a channel.
fn parameter(mapping: &ComPtr<IMidiMapping>, number: i16, channel: i16) -> Option<ParamID> {
    let mut id = 0;
    // SAFETY: `id` is writable.
    let found = unsafe { mapping.getMidiControllerAssignment(0, channel, number, &mut id) };
    (found == kResultOk).then_some(id)
}

fn write_text(target: &mut String128, text: &str) {
    let room = target.len() - 1;
    for (place, unit) in target.iter_mut().zip(text.encode_utf16().take(room).chain(std::iter::once(0))) {
        *place = unit as TChar;
    }
}

impl IPluginBaseTrait for Component {
    forward! { component:
        fn initialize(context: *mut FUnknown) -> tresult;
        fn terminate() -> tresult;
    }
}

impl IComponentTrait for Component {
    forward! { component:
        fn getControllerClassId(class: *mut TUID) -> tresult;
        fn setIoMode(mode: IoMode) -> tresult;
        fn getBusCount(media: MediaType, direction: BusDirection) -> int32;
        fn getBusInfo(media: MediaType, direction: BusDirection, index: int32, bus: *mut BusInfo) -> tresult;
        fn getRoutingInfo(input: *mut RoutingInfo, output: *mut RoutingInfo) -> tresult;
        fn activateBus(media: MediaType, direction: BusDirection, index: int32, state: TBool) -> tresult;
        fn setActive(state: TBool) -> tresult;
        fn getState(state: *mut IBStream) -> tresult;
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: passed on.
        guarded(|| unsafe { self.component.setState(state) }).unwrap_or(kResultFalse)
    }
}

impl IEditControllerTrait for Component {
    forward! { controller:
        fn setComponentState(state: *mut IBStream) -> tresult;
        fn setState(state: *mut IBStream) -> tresult;
        fn getState(state: *mut IBStream) -> tresult;
        fn getParamStringByValue(id: ParamID, value: ParamValue, string: *mut String128) -> tresult;
        fn getParamValueByString(id: ParamID, string: *mut TChar, value: *mut ParamValue) -> tresult;
        fn normalizedParamToPlain(id: ParamID, value: ParamValue) -> ParamValue;
        fn plainParamToNormalized(id: ParamID, value: ParamValue) -> ParamValue;
    }

    unsafe fn getParameterCount(&self) -> int32 {
        (self.own + self.shown.len()) as int32
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let Ok(place) = usize::try_from(index) else { return kInvalidArgument };
        if info.is_null() {
            return kInvalidArgument;
        }
        if place < self.own {
            // SAFETY: passed on.
            return unsafe { self.controller.getParameterInfo(index, info) };
        }
        let Some(Shown { id, controller, channel }) = self.shown.get(place - self.own) else { return kInvalidArgument };
        let name = match controller.scope {
            Scope::Channel => format!("MIDI {} {}", channel + 1, controller.name),
            Scope::All => format!("MIDI {}", controller.name),
        };
        let mut shown = ParameterInfo {
            id: *id,
            title: [0; 128],
            shortTitle: [0; 128],
            units: [0; 128],
            stepCount: 0,
            defaultNormalizedValue: controller.rest,
            unitId: kRootUnitId,
            flags: ParameterInfo_::ParameterFlags_::kIsReadOnly | HIDDEN,
        };
        write_text(&mut shown.title, &name);
        write_text(&mut shown.shortTitle, &name);
        // SAFETY: not null, and the host gives a writable pointer.
        unsafe { info.write(shown) };
        kResultOk
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        match self.rests.get(&id) {
            // Controllers have no state of their own here; the player's hands have.
            Some(rest) => *rest,
            // SAFETY: passed on.
            None => unsafe { self.controller.getParamNormalized(id) },
        }
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        if self.rests.contains_key(&id) {
            return kResultOk;
        }
        // SAFETY: passed on.
        unsafe { self.controller.setParamNormalized(id, value) }
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        // Not passed on: the framework would call it from its worker thread.
        // SAFETY: the host gives a handler or null.
        self.host.set_handler(unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr()));
        kResultOk
    }

    unsafe fn createView(&self, _name: FIDString) -> *mut IPlugView {
        // Not the framework's view: its tasks would touch the window from its worker thread.
        let view = guarded(|| View::create(self.shared.clone(), self.host.clone()));
        view.flatten().map_or(std::ptr::null_mut(), ComPtr::into_raw)
    }
}

impl IAudioProcessorTrait for Component {
    forward! { processor:
        fn setBusArrangements(
            inputs: *mut SpeakerArrangement, input_count: int32,
            outputs: *mut SpeakerArrangement, output_count: int32
        ) -> tresult;
        fn getBusArrangement(direction: BusDirection, index: int32, arrangement: *mut SpeakerArrangement) -> tresult;
        fn canProcessSampleSize(size: int32) -> tresult;
        fn getLatencySamples() -> uint32;
        fn setProcessing(state: TBool) -> tresult;
        fn process(data: *mut ProcessData) -> tresult;
        fn getTailSamples() -> uint32;
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        if setup.is_null() {
            return kInvalidArgument;
        }
        // The framework tells the plugin the mode of the set-up before this one.
        // SAFETY: not null, and the host gives a readable pointer. (The constant's type differs between platforms.)
        #[allow(clippy::unnecessary_cast)]
        let offline = unsafe { (*setup).processMode } == ProcessModes_::kOffline as i32;
        self.shared.instrument.set_mode(if offline { Mode::Offline } else { Mode::Realtime });
        // SAFETY: passed on.
        unsafe { self.processor.setupProcessing(setup) }
    }
}

impl IMidiMappingTrait for Component {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        number: CtrlNumber,
        id: *mut ParamID,
    ) -> tresult {
        let Some(channel) = controllers::channel_for(number, channel) else { return kResultFalse };
        // SAFETY: passed on.
        unsafe { self.mapping.getMidiControllerAssignment(bus, channel, number, id) }
    }
}

impl INoteExpressionControllerTrait for Component {
    forward! { expressions:
        fn getNoteExpressionCount(bus: int32, channel: int16) -> int32;
        fn getNoteExpressionInfo(
            bus: int32, channel: int16, index: int32, info: *mut NoteExpressionTypeInfo
        ) -> tresult;
        fn getNoteExpressionStringByValue(
            bus: int32, channel: int16, id: NoteExpressionTypeID, value: NoteExpressionValue, string: *mut String128
        ) -> tresult;
        fn getNoteExpressionValueByString(
            bus: int32, channel: int16, id: NoteExpressionTypeID, string: *const TChar, value: *mut NoteExpressionValue
        ) -> tresult;
    }
}

impl IProcessContextRequirementsTrait for Component {
    forward! { requirements:
        fn getProcessContextRequirements() -> uint32;
    }
}

impl IUnitInfoTrait for Component {
    forward! { units:
        fn getUnitCount() -> int32;
        fn getUnitInfo(index: int32, info: *mut UnitInfo) -> tresult;
        fn getProgramListCount() -> int32;
        fn getProgramListInfo(index: int32, info: *mut ProgramListInfo) -> tresult;
        fn getProgramName(list: ProgramListID, index: int32, name: *mut String128) -> tresult;
        fn getProgramInfo(
            list: ProgramListID, index: int32, attribute: CString, value: *mut String128
        ) -> tresult;
        fn hasProgramPitchNames(list: ProgramListID, index: int32) -> tresult;
        fn getProgramPitchName(list: ProgramListID, index: int32, pitch: int16, name: *mut String128) -> tresult;
        fn getSelectedUnit() -> UnitID;
        fn selectUnit(unit: UnitID) -> tresult;
        fn getUnitByBus(
            media: MediaType, direction: BusDirection, bus: int32, channel: int32, unit: *mut UnitID
        ) -> tresult;
        fn setUnitProgramData(unit: int32, index: int32, data: *mut IBStream) -> tresult;
    }
}
