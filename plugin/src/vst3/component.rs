//! The object that VST3 hosts talk to: the framework's component with a few calls answered differently.
//! Called on the threads that VST3 says, `process` on the audio thread.
//! Shows few controllers, learns the render mode at once, owns the window
//! (tests: `vst3::tests`, and the packaged plugin in real hosts).

use super::controllers::{self, Controller, Scope};
use super::gui::HostLink;
use super::view::View;
use crate::guard::guarded;
use crate::learn::{Heard, Learned};
use crate::plugin::{Shared, Timbrel};
use ::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, CString, CtrlNumber, IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentHandler,
    IComponentTrait, IEditController, IEditControllerTrait, IMidiLearn, IMidiLearnTrait, IMidiMapping,
    IMidiMappingTrait, INoteExpressionController, INoteExpressionControllerTrait, IParamValueQueueTrait,
    IParameterChangesTrait, IProcessContextRequirements, IProcessContextRequirementsTrait, IUnitInfo, IUnitInfoTrait,
    IoMode, MediaType, NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue, ParamID, ParamValue,
    ParameterInfo, ParameterInfo_, ProcessData, ProcessModes_, ProcessSetup, ProgramListID, ProgramListInfo,
    RoutingInfo, SpeakerArrangement, String128, TChar, UnitID, UnitInfo, kRootUnitId,
};
use ::vst3::Steinberg::{
    FIDString, FUnknown, IBStream, IPlugView, IPluginBaseTrait, TBool, TUID, int16, int32, kInvalidArgument,
    kResultFalse, kResultOk, tresult, uint32,
};
use ::vst3::{Class, ComPtr, ComRef, ComWrapper};
use nice_plug::params::Params;
use nice_plug::wrapper::vst3::Wrapper;
use std::collections::HashMap;
use std::mem::MaybeUninit;
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
    /// Ids of our own parameters, before the controllers.
    own: Vec<ParamID>,
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
        IMidiLearn,
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
        let own = (0..shared.params.param_map().len()).filter_map(|index| own_id(&controller, index)).collect();
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

/// The framework's id of our own parameter at `index`.
pub(super) fn own_id(controller: &ComPtr<IEditController>, index: usize) -> Option<ParamID> {
    let mut info = MaybeUninit::<ParameterInfo>::zeroed();
    let index = int32::try_from(index).ok()?;
    // SAFETY: `info` is writable, and all its fields are numbers, for which zero is a value.
    unsafe { (controller.getParameterInfo(index, info.as_mut_ptr()) == kResultOk).then(|| info.assume_init().id) }
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
        let result = guarded(|| unsafe { self.component.setState(state) }).unwrap_or(kResultFalse);
        self.host.tell_controllers(&self.shared.params.learned);
        result
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
        (self.own.len() + self.shown.len()) as int32
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let Ok(place) = usize::try_from(index) else { return kInvalidArgument };
        if info.is_null() {
            return kInvalidArgument;
        }
        if place < self.own.len() {
            // SAFETY: passed on.
            return unsafe { self.controller.getParameterInfo(index, info) };
        }
        let Some(Shown { id, controller, channel }) = self.shown.get(place - self.own.len()) else {
            return kInvalidArgument;
        };
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

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        let learned = &self.shared.params.learned;
        learned.begin_block();
        // SAFETY: passed on, and what the host gave.
        unsafe {
            let result = self.processor.process(data);
            tell_moves(learned, &self.own, data);
            result
        }
    }
}

/// Tells the host where learned controllers moved our parameters.
///
/// # Safety
/// `data` is null or what the host gave to `process`.
unsafe fn tell_moves(learned: &Learned, ids: &[ParamID], data: *mut ProcessData) {
    // SAFETY: by the contract above; the host gives a list or null.
    let changes = unsafe { data.as_ref().and_then(|data| ComRef::from_raw(data.outputParameterChanges)) };
    while let Some(moved) = learned.next_move() {
        let (Some(changes), Some(id)) = (changes, ids.get(moved.place)) else { continue };
        let (mut index, mut point) = (0, 0);
        // SAFETY: both numbers are writable, and a list that the host gave is alive.
        unsafe {
            if let Some(queue) = ComRef::from_raw(changes.addParameterData(id, &mut index)) {
                queue.addPoint(moved.at as int32, f64::from(moved.position), &mut point);
            }
        }
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
        if bus == 0
            && (0..i16::from(controllers::CHANNELS)).contains(&channel)
            && !id.is_null()
            && let Some(place) =
                u8::try_from(number).ok().and_then(|number| self.shared.params.learned.place_of(number))
            && let Some(own) = self.own.get(place)
        {
            // SAFETY: not null, and the host gives a writable pointer.
            unsafe { id.write(*own) };
            return kResultOk;
        }
        let Some(channel) = controllers::channel_for(number, channel) else { return kResultFalse };
        // SAFETY: passed on.
        unsafe { self.mapping.getMidiControllerAssignment(bus, channel, number, id) }
    }
}

impl IMidiLearnTrait for Component {
    unsafe fn onLiveMIDIControllerInput(&self, bus: int32, _channel: int16, number: CtrlNumber) -> tresult {
        let learned = &self.shared.params.learned;
        let Ok(number) = u8::try_from(number) else { return kResultFalse };
        // The move itself comes to the parameter, as soon as the host has asked anew who moves what.
        let result = match (bus, learned.hear(number)) {
            (0, Heard::Learned(_)) => kResultOk,
            _ => kResultFalse,
        };
        self.host.tell_controllers(learned);
        result
    }
}

impl INoteExpressionControllerTrait for Component {
    unsafe fn getNoteExpressionInfo(
        &self,
        bus: int32,
        channel: int16,
        index: int32,
        info: *mut NoteExpressionTypeInfo,
    ) -> tresult {
        // SAFETY: passed on.
        let result = unsafe { self.expressions.getNoteExpressionInfo(bus, channel, index, info) };
        // SAFETY: the host gives a writable pointer or null.
        if let Some(info) = unsafe { info.as_mut() }
            && result == kResultOk
        {
            // The framework's is 0.5 for all, which for the volume is 6 dB too loud.
            info.valueDesc.defaultValue = controllers::expression_rest(info.typeId);
        }
        result
    }

    forward! { expressions:
        fn getNoteExpressionCount(bus: int32, channel: int16) -> int32;
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
